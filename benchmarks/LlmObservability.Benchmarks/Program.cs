using BenchmarkDotNet.Running;
using LlmObservability.Benchmarks;

if (args is ["retained"])
{
    RetainedMemory.Write(Console.Out);
    return;
}

if (args is ["least"])
{
    await LeastTimes.WriteAsync(Console.Out);
    return;
}

if (args is ["metrics"])
{
    await LeastTimes.WriteMetricsAsync(Console.Out);
    return;
}

if (args is ["file-store"])
{
    await FileStoreFigures.WriteAsync(Console.Out);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(WrappedCallBenchmark).Assembly).Run(args);
