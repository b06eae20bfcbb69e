using Operations;

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};
return await OperationsProgram.RunAsync(args, Environment.GetEnvironmentVariable, Console.Out, Console.Error, stopping.Token);
