using Npgsql;

namespace LlmObservability.Postgres;

/// <summary>
/// Where connections come from: writing has a pool of its own with a cap, so that it neither waits behind those who read nor
/// takes connections from them. Over an application's data source both share the application's.
/// </summary>
internal sealed class PostgresConnections : IAsyncDisposable, IDisposable
{
    private readonly bool _owned;

    private PostgresConnections(NpgsqlDataSource writing, NpgsqlDataSource reading, bool owned) =>
        (Writing, Reading, _owned) = (writing, reading, owned);

    public NpgsqlDataSource Writing { get; }

    public NpgsqlDataSource Reading { get; }

    /// <summary>What may be given up when the server does not answer: the library's own, never an application's.</summary>
    public NpgsqlDataSource? Own(NpgsqlDataSource source) => _owned ? source : null;

    public static PostgresConnections Of(NpgsqlDataSource dataSource) => new(dataSource, dataSource, owned: false);

    /// <exception cref="ArgumentException">A connection string cannot be read.</exception>
    public static PostgresConnections Open(string connectionString, PostgresLlmOptions options)
    {
        var writing = Build(connectionString, nameof(connectionString), options.MaxWriteConnections);
        try
        {
            return new PostgresConnections(
                writing,
                Build(options.ReadConnectionString ?? connectionString, nameof(PostgresLlmOptions.ReadConnectionString), null),
                owned: true);
        }
        catch
        {
            writing.Dispose();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_owned)
        {
            await Writing.DisposeAsync().ConfigureAwait(false);
            await Reading.DisposeAsync().ConfigureAwait(false);
        }
    }

    public void Dispose()
    {
        if (_owned)
        {
            Writing.Dispose();
            Reading.Dispose();
        }
    }

    private static NpgsqlDataSource Build(string connectionString, string parameter, int? most)
    {
        if (string.IsNullOrWhiteSpace(connectionString))
        {
            throw new ArgumentException("The PostgreSQL connection string is empty.", parameter);
        }

        try
        {
            var builder = new NpgsqlSlimDataSourceBuilder(connectionString);
            builder.EnableTransportSecurity();
            builder.EnableIntegratedSecurity();
            // No logger: the driver tells of every statement, and the pipeline tells what an operator needs to know.
            // The store leaves nothing in a session, so there is nothing to reset before a connection's next use. Nor does the driver
            // prepare statements by itself, whatever the text asks for: behind a pooler the next transaction may find another
            // session, in which their names are not known, or stand for other statements.
            builder.ConnectionStringBuilder.NoResetOnClose = true;
            builder.ConnectionStringBuilder.MaxAutoPrepare = 0;
            if (most is { } cap)
            {
                builder.ConnectionStringBuilder.MaxPoolSize = cap;
                builder.ConnectionStringBuilder.MinPoolSize = Math.Min(builder.ConnectionStringBuilder.MinPoolSize, cap);
            }

            builder.ConfigureTracing(PostgresLlmTracing.TraceNothing);
            return builder.Build();
        }
        catch (Exception exception) when (exception is ArgumentException or FormatException or InvalidOperationException or InvalidCastException)
        {
            // Neither the text nor the parser's exception is passed on: both may hold the password.
            throw new ArgumentException(
                "The PostgreSQL connection string cannot be read: it wants a form like 'Host=…;Database=…;Username=…;Password=…'.", parameter);
        }
    }
}
