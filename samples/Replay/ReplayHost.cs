using LlmObservability;
using LlmObservability.Sinks;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Replay;

/// <summary>The application around the calls: a host with one line for observability and one for the store.</summary>
internal static class ReplayHost
{
    private const int MaxCallsInMemory = 10_000_000;

    // The database is asked before the first call; a machine that does not answer ends the program soon.
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(12);

    public static IHost Build(ReplayOptions options, int calls)
    {
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var observability = builder.Services.AddLlmObservability(configure =>
        {
            configure.Service = "replay";
            configure.Pipeline.FailFast = true;
        });
        if (options.Postgres is null)
        {
            if (calls > MaxCallsInMemory)
            {
                throw new ReplayException(ExitCodes.BadInput, "Memory keeps at most 10,000,000 calls; use --postgres for more.");
            }

            observability.AddInMemoryStore(store => store.MaxCalls = calls);
        }
        else
        {
            observability.AddPostgres(options.Postgres);
        }

        return builder.Build();
    }

    /// <exception cref="ReplayException">The database cannot be used; the message is one line without a secret.</exception>
    public static async Task StartAsync(IHost host, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(StartTimeout);
        try
        {
            // The driver's own waiting is not bounded by a token alone when a network swallows packets.
            await host.StartAsync(timeout.Token).WaitAsync(timeout.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Unusable($"it did not answer within {StartTimeout.TotalSeconds:0} seconds.");
        }
        catch (ArgumentException)
        {
            // The driver's message may repeat a part of the string, and with it a password.
            throw new ReplayException(
                ExitCodes.BadInput, "--postgres is not a connection string such as 'Host=localhost;Username=app;Database=app'.");
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            throw Unusable(Describe(exception));
        }
    }

    /// <summary>What is known of a store's failure, in one line. Only messages made to be logged are repeated.</summary>
    public static string Describe(Exception exception)
    {
        for (var cause = exception; cause is not null; cause = cause.InnerException)
        {
            if (cause is LlmSinkException)
            {
                return cause.Message.ReplaceLineEndings(" ");
            }
        }

        return $"it failed with {exception.GetType().Name}.";
    }

    public static ReplayException Unusable(string reason) => new(ExitCodes.Database, "The database cannot be used: " + reason);
}
