using Npgsql;

namespace LlmObservability.Throughput.Analytics.Writers;

/// <summary>Looks ten times a second at what the database's sessions wait for, over a connection of its own.</summary>
internal sealed class WaitWatch : IAsyncDisposable
{
    private const int MostTold = 8;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(100);

    // A lock that is waited for has been so since waitstart, which is set a moment after the wait began.
    private const string Sql = """
        SELECT coalesce(a.wait_event_type || '/' || a.wait_event, 'running'),
          coalesce(CASE WHEN a.wait_event_type = 'Lock' THEN l.locktype || coalesce(' ' || l.relation::regclass::text, '') || ' ' || l.mode || ', in ' || left(a.query, 50) END, ''),
          coalesce(extract(epoch FROM clock_timestamp() - l.waitstart), 0)::double precision
        FROM pg_stat_activity a LEFT JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted
        WHERE a.datname = current_database() AND a.backend_type = 'client backend' AND a.state = 'active' AND a.pid <> pg_backend_pid()
        """;

    private readonly CancellationTokenSource _stopping = new();
    private readonly Dictionary<string, int> _events = [];
    private readonly Dictionary<string, (int Seen, double Longest)> _locks = [];
    private readonly Task _watching;
    private int _looks;
    private int _most;

    public WaitWatch(NpgsqlDataSource dataSource) => _watching = Task.Run(() => WatchAsync(dataSource));

    /// <summary>Ends the looking, and says what was seen.</summary>
    public async Task ReportAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        var sessions = _events.Values.Sum();
        Report.Line($"    waits: {_looks} looks, {(double)sessions / Math.Max(1, _looks):F1} sessions at work at a time: {string.Join(", ", _events.OrderByDescending(pair => pair.Value).Take(MostTold).Select(pair => FormattableString.Invariant($"{pair.Key} {100.0 * pair.Value / sessions:F0}%")))}");
        Report.Line($"    locks: sessions seen waiting {_locks.Values.Sum(seen => seen.Seen)} times, at most {_most} at once");
        foreach (var (name, (seen, longest)) in _locks.OrderByDescending(pair => pair.Value.Seen).Take(MostTold))
        {
            Report.Line($"      {seen} times, longest {longest * 1_000:F0} ms: {name}");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _watching;
        _stopping.Dispose();
    }

    private async Task WatchAsync(NpgsqlDataSource dataSource)
    {
        await using var connection = await dataSource.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(Sql, connection);
        using var timer = new PeriodicTimer(Between);
        try
        {
            while (await timer.WaitForNextTickAsync(_stopping.Token))
            {
                await LookAsync(command);
            }
        }
        catch (OperationCanceledException)
        {
            // Asked to end.
        }
    }

    private async Task LookAsync(NpgsqlCommand command)
    {
        _looks++;
        var waiting = 0;
        await using var reader = await command.ExecuteReaderAsync();
        while (await reader.ReadAsync())
        {
            var (name, lockName, seconds) = (reader.GetString(0), reader.GetString(1), reader.GetDouble(2));
            _events[name] = _events.GetValueOrDefault(name) + 1;
            if (lockName.Length > 0)
            {
                var (seen, longest) = _locks.GetValueOrDefault(lockName);
                _locks[lockName] = (seen + 1, Math.Max(longest, seconds));
                waiting++;
            }
        }

        _most = Math.Max(_most, waiting);
    }
}
