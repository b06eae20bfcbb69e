using BenchmarkDotNet.Running;
using LlmObservability.Benchmarks;

BenchmarkSwitcher.FromAssembly(typeof(WrappedCallBenchmark).Assembly).Run(args);
