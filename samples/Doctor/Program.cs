using Doctor;

using var stopping = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    stopping.Cancel();
};
return await DoctorProgram.RunAsync(args, Environment.GetEnvironmentVariable, Console.Out, Console.Error, stopping.Token);
