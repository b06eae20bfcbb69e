using Replay;

return await ReplayProgram.RunAsync(
    args,
    new ReplayConsole(Console.Out, Console.Error, Interactive: !Console.IsErrorRedirected));
