using LlmObservability.Faults;
using LlmObservability.Faults.Child;
using LlmObservability.Faults.Harness;

if (args is ["child", var told])
{
    return await ChildProgram.RunAsync(ChildOptions.Parse(told));
}

try
{
    var options = FaultsOptions.Parse(args);
    await using var bench = await FaultBench.StartAsync();
    return await new FaultTable(options).RunAsync(FaultSet.Choose(bench, options.Faults)) ? 0 : 1;
}
catch (FormatException exception)
{
    await Console.Error.WriteLineAsync(exception.Message);
    await Console.Error.WriteLineAsync(FaultsOptions.Usage);
    return 2;
}
