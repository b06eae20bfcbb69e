using LlmObservability.Postgres;
using LlmObservability.Testing.Postgres;
using Npgsql;

namespace LlmObservability.Throughput;

/// <summary>The PostgreSQL that is written to: a server of the program's own, or the one that was named.</summary>
internal sealed class BenchmarkDatabase : IAsyncDisposable
{
    // Beside durability only sizes, so that a run is neither all checkpoints nor larger than memory.
    private static readonly string[] Sizes = ["shared_buffers=256MB", "max_wal_size=4GB", "min_wal_size=1GB"];

    private readonly PostgresServer? _server;

    private BenchmarkDatabase(PostgresServer? server, string connectionString)
    {
        _server = server;
        ConnectionString = connectionString;
        DataSource = NpgsqlDataSource.Create(connectionString);
    }

    public string ConnectionString { get; }

    /// <summary>For everything that is not the library's.</summary>
    public NpgsqlDataSource DataSource { get; }

    public static Task<BenchmarkDatabase> OpenAsync(ThroughputOptions options) => OpenAsync(options.Postgres, options.Fsync, null);

    /// <param name="connectionString">The database that was named, or null for a server of the program's own.</param>
    /// <param name="fsync">Whether that one waits for the disk.</param>
    /// <param name="folder">Where its data is, and stays; null for a temporary one.</param>
    public static async Task<BenchmarkDatabase> OpenAsync(string? connectionString, bool fsync, string? folder)
    {
        if (connectionString is not null)
        {
            return new BenchmarkDatabase(null, connectionString);
        }

        string[] settings = [.. Sizes, .. fsync ? (string[])["fsync=on", "full_page_writes=on"] : []];
        var server = new PostgresServer { Settings = settings, KeptIn = folder };
        await server.InitializeAsync();
        return new BenchmarkDatabase(server, server.ConnectionString());
    }

    /// <summary>A store over a schema that is made anew, with the library's own migrations.</summary>
    public async Task<PostgresLlmStore> CreateStoreAsync(string schema)
    {
        await DropAsync(schema);
        var store = PostgresLlmStore.Create(ConnectionString, new PostgresLlmOptions { Schema = schema });
        await store.PrepareAsync(CancellationToken.None);
        return store;
    }

    public Task DropAsync(string schema) => ExecuteAsync($"DROP SCHEMA IF EXISTS {PostgresIdentifier(schema)} CASCADE");

    public async Task<long> CountAsync(string schema) =>
        (long)(await ScalarAsync($"SELECT count(*) FROM {PostgresIdentifier(schema)}.calls"))!;

    /// <summary>What the figures depend on, from the server itself.</summary>
    public async Task DescribeAsync()
    {
        var settings = await ScalarAsync(
            """
            SELECT string_agg(name || '=' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
            WHERE name IN ('server_version', 'fsync', 'synchronous_commit', 'full_page_writes', 'shared_buffers', 'max_wal_size')
            """);
        Report.Line($"PostgreSQL on {(_server is null ? "the given connection" : "this machine")}: {settings}");
        Report.Line($".NET {Environment.Version}, {Environment.ProcessorCount} processors, load in the minute before: {Load()}");
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    private static string PostgresIdentifier(string schema) => "\"" + schema + "\"";

    /// <summary>The machine's load in the minute before.</summary>
    public static string Load() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "not known";

    public async Task ExecuteAsync(string sql) => _ = await ScalarAsync(sql);

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
