using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Npgsql;

namespace LlmObservability.Throughput.Analytics.Pooling;

/// <summary>PgBouncer in transaction pooling before a server, on 127.0.0.1. Disposing it ends it.</summary>
internal sealed partial class PgBouncer : IAsyncDisposable
{
    // Fewer than there are clients, so that these change their sessions all the time.
    private const int Sessions = 5;
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(30);
    private static readonly string[] Places = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer", "/opt/homebrew/bin/pgbouncer"];

    private readonly DirectoryInfo _folder;
    private readonly Process _process;
    private readonly StringBuilder _log = new();

    private PgBouncer(DirectoryInfo folder, Process process, string connectionString)
    {
        (_folder, _process, ConnectionString) = (folder, process, connectionString);
        process.OutputDataReceived += (_, line) => Logged(line.Data);
        process.ErrorDataReceived += (_, line) => Logged(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string ConnectionString { get; }

    /// <summary>What it complained of.</summary>
    public string Log
    {
        get
        {
            lock (_log)
            {
                return _log.ToString();
            }
        }
    }

    /// <exception cref="FormatException">It is nowhere.</exception>
    public static string Find(string? path) => (path is null ? Array.Find(Places, File.Exists) : File.Exists(path) ? path : null)
        ?? throw new FormatException("There is no PgBouncer: say where with --pgbouncer.");

    public static async Task<Version> VersionAsync(string path)
    {
        using var process = Process.Start(new ProcessStartInfo(path, ["--version"]) { RedirectStandardOutput = true })!;
        using var bound = new CancellationTokenSource(Bound);
        var text = await process.StandardOutput.ReadToEndAsync(bound.Token);
        return Version.TryParse(Number().Match(text).Value, out var version) ? version : throw new FormatException($"This is no PgBouncer: {path}");
    }

    /// <param name="path">The program.</param>
    /// <param name="server">The server's connection string; it trusts who connects.</param>
    /// <param name="preparedStatements">Its <c>max_prepared_statements</c>; null where it has no such setting.</param>
    public static async Task<PgBouncer> StartAsync(string path, string server, int? preparedStatements)
    {
        var (to, port) = (new NpgsqlConnectionStringBuilder(server), FreePort());
        var folder = Directory.CreateTempSubdirectory("llm-observability-pgbouncer-");
        var (settings, users) = (Path.Combine(folder.FullName, "pgbouncer.ini"), Path.Combine(folder.FullName, "users.txt"));
        await File.WriteAllTextAsync(users, $"\"{to.Username}\" \"\"\n");
        await File.WriteAllTextAsync(settings, string.Create(CultureInfo.InvariantCulture, $"""
            [databases]
            * = host={to.Host} port={to.Port}
            [pgbouncer]
            listen_addr = 127.0.0.1
            listen_port = {port}
            unix_socket_dir =
            auth_type = trust
            auth_file = {users}
            pool_mode = transaction
            default_pool_size = {Sessions}
            max_client_conn = 200
            log_connections = 0
            log_disconnections = 0
            {(preparedStatements is { } most ? $"max_prepared_statements = {most}" : "")}

            """));
        // It refuses root, and becomes somebody who must be able to read these.
        string[] user = [];
        if (!OperatingSystem.IsWindows() && Environment.IsPrivilegedProcess)
        {
            user = ["-u", "nobody"];
            File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_101_101);
        }

        var process = Process.Start(new ProcessStartInfo(path, [.. user, settings]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var builder = new NpgsqlConnectionStringBuilder(server) { Port = port };
        var bouncer = new PgBouncer(folder, process, builder.ConnectionString);
        try
        {
            await bouncer.ReadyAsync();
            return bouncer;
        }
        catch
        {
            await bouncer.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            using var bound = new CancellationTokenSource(Bound);
            await _process.WaitForExitAsync(bound.Token);
        }

        _process.Dispose();
        _folder.Delete(recursive: true);
    }

    [GeneratedRegex(@"\d+\.\d+(\.\d+)?")]
    private static partial Regex Number();

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task ReadyAsync()
    {
        await using var dataSource = NpgsqlDataSource.Create(ConnectionString);
        var begin = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (true)
        {
            try
            {
                await (await dataSource.OpenConnectionAsync()).DisposeAsync();
                return;
            }
            catch (NpgsqlException exception)
            {
                if (_process.HasExited || Stopwatch.GetElapsedTime(begin) > Bound)
                {
                    throw new InvalidOperationException($"PgBouncer does not answer: {exception.Message} {Log}", exception);
                }
            }

            await timer.WaitForNextTickAsync();
        }
    }

    private void Logged(string? line)
    {
        if (line is not null && (line.Contains("ERROR", StringComparison.Ordinal) || line.Contains("WARNING", StringComparison.Ordinal) || line.Contains("FATAL", StringComparison.Ordinal)))
        {
            lock (_log)
            {
                _log.AppendLine(line);
            }
        }
    }
}
