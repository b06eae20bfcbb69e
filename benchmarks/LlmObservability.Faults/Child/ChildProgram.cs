using System.Diagnostics;
using System.Runtime.InteropServices;
using LlmObservability.OpenTelemetry;
using LlmObservability.Postgres;
using LlmObservability.Sinks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace LlmObservability.Faults.Child;

/// <summary>The application that is broken: calls through wrapped clients, a store in PostgreSQL, and a ledger beside it.</summary>
internal static class ChildProgram
{
    // So that it is under way when something breaks.
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(ChildOptions options)
    {
        // Nobody may be left to end it.
        using var life = new Timer(static _ => Environment.Exit(4), null, TimeSpan.FromSeconds(options.MaxSeconds), Timeout.InfiniteTimeSpan);
        if (options.Host)
        {
            await InHostAsync(options);
        }
        else
        {
            await InConsoleAsync(options);
        }

        return 0;
    }

    private static async Task InHostAsync(ChildOptions options)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Log(builder.Logging);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromMilliseconds(options.ShutdownMilliseconds) + TimeSpan.FromSeconds(5));
        AddSink(builder.Services.AddLlmObservability(options.Apply), options);
        builder.Services.AddSingleton(services => new Producers(services.GetRequiredService<LlmObserver>(), options));
        builder.Services.AddHostedService<ProducerService>();
        using var host = builder.Build();
        var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        var stopping = 0L;
        lifetime.ApplicationStopping.Register(() => stopping = Stopwatch.GetTimestamp());
        await host.StartAsync();
        var commands = new ChildCommands(
            host.Services.GetRequiredService<LlmObserver>(), host.Services.GetRequiredService<Producers>(), lifetime.StopApplication);
        _ = Task.Run(commands.ListenAsync);
        ChildCommands.Answer("ready");
        await host.WaitForShutdownAsync();
        ChildCommands.Answer("end " + commands.Report(Stopwatch.GetElapsedTime(stopping).TotalSeconds).ToText());
    }

    private static async Task InConsoleAsync(ChildOptions options)
    {
        using var stop = new CancellationTokenSource();
        var stopping = 0L;
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
        {
            signal.Cancel = true;
            Stop();
        });
        using var loggers = LoggerFactory.Create(Log);
        var configured = new LlmObservabilityOptions();
        options.Apply(configured);
        await using var sink = CreateSink(options);
        ChildCommands commands;
        await using (var observer = LlmObserver.Create([(ILlmSink)sink], configured, loggerFactory: loggers))
        {
            using var producers = new Producers(observer, options);
            commands = new ChildCommands(observer, producers, Stop);
            _ = Task.Run(commands.ListenAsync);
            ChildCommands.Answer("ready");
            await producers.RunAsync(stop.Token);
            await Task.Delay(Timeout.InfiniteTimeSpan, stop.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        ChildCommands.Answer("end " + commands.Report(Stopwatch.GetElapsedTime(stopping).TotalSeconds).ToText());

        void Stop()
        {
            stopping = Stopwatch.GetTimestamp();
            stop.Cancel();
        }
    }

    private static void AddSink(ILlmObservabilityBuilder builder, ChildOptions options)
    {
        if (options.Otlp is { } address)
        {
            builder.AddOtlp(otlp =>
            {
                otlp.Endpoint = address;
                otlp.Signal = options.OtlpSpans ? OtlpSignal.Spans : OtlpSignal.Logs;
            });
        }
        else
        {
            builder.AddPostgres(options.Postgres, postgres =>
            {
                postgres.Schema = options.Schema;
                postgres.RollupInterval = Often;
            });
        }
    }

    private static IAsyncDisposable CreateSink(ChildOptions options) => options.Otlp is { } address
        ? new OtlpLlmSink(new OtlpLlmOptions { Endpoint = address, Signal = options.OtlpSpans ? OtlpSignal.Spans : OtlpSignal.Logs })
        : PostgresLlmStore.Create(options.Postgres, new PostgresLlmOptions { Schema = options.Schema, RollupInterval = Often });

    // Standard output is for answers.
    private static void Log(ILoggingBuilder logging) =>
        logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
}
