using System.Globalization;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Faults.Harness;

/// <summary>What all runs share: a PostgreSQL that keeps what it committed, and a folder.</summary>
internal sealed class FaultBench : IAsyncDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("llm-observability-faults-").FullName;
    private int _runs;

    public PostgresServer Server { get; } = new()
    {
        Settings = ["fsync=on", "full_page_writes=on", "synchronous_commit=on", "max_wal_size=256MB", "log_min_messages=log"],
    };

    /// <summary>Whether a time that is longer than it should be is a fault; not where others use the machine too.</summary>
    public bool JudgesTimes { get; private init; }

    public static async Task<FaultBench> StartAsync(bool judgesTimes = true)
    {
        var bench = new FaultBench { JudgesTimes = judgesTimes };
        await bench.Server.InitializeAsync();
        return bench;
    }

    /// <summary>A schema and folders of a run's own.</summary>
    public FaultRun Begin(int seed)
    {
        var name = string.Create(CultureInfo.InvariantCulture, $"run{++_runs}");
        var folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        return new FaultRun(this, name, folder, seed);
    }

    /// <summary>Drops a run's schema, so that a restart of the server has little to look at.</summary>
    public async Task DropAsync(string schema)
    {
        await using var source = NpgsqlDataSource.Create(Server.ConnectionString());
        await using var command = source.CreateCommand($"DROP SCHEMA IF EXISTS {schema} CASCADE");
        await command.ExecuteNonQueryAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
