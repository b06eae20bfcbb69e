using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace LlmObservability.Testing.Postgres;

/// <summary>
/// A PostgreSQL of the tests' own: an assembly fixture, or started by one test to be stopped in between. Listens on
/// 127.0.0.1 only, trusts every local connection, and ends with the process that started it, however that one ends.
/// Without it the tests fail with the reason; they never skip.
/// </summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const int Tries = 5;
    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(1);

    private readonly string _folder = Path.Combine(PostgresBinaries.TemporaryRoot, "run-" + Guid.NewGuid().ToString("N"));
    private readonly bool _isKept;
    private string _native = string.Empty;
    private Run? _run;

    /// <summary>Name of the superuser; there is no password.</summary>
    public const string Superuser = "postgres";

    /// <summary>The port; it stays the same when the server is stopped and started again.</summary>
    public int Port { get; private set; }

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Settings as <c>name=value</c> that win over the tests' own, which trade durability for speed.</summary>
    public IReadOnlyList<string> Settings { get; init; } = [];

    /// <summary>A folder in which the data stays, where the next server finds it; null for one that is deleted with the server.</summary>
    public string? KeptIn
    {
        get => _isKept ? _folder : null;
        init => (_folder, _isKept) = value is null ? (_folder, false) : (Path.GetFullPath(value), true);
    }

    /// <summary>A connection string for a database, without a password.</summary>
    public string ConnectionString(string database = "postgres", string user = Superuser) =>
        string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={Port};Database={database};Username={user};SSL Mode=Disable;GSS Encryption Mode=Disable");

    /// <summary>Installs the programs if need be, and starts the server.</summary>
    public async ValueTask InitializeAsync()
    {
        _native = await PostgresBinaries.InstallAsync();
        PostgresBinaries.CreateReadable(_folder);
        if (!OperatingSystem.IsWindows())
        {
            // The server's user makes its data folder in here itself.
            File.SetUnixFileMode(_folder, PostgresBinaries.ReadableByAll | UnixFileMode.GroupWrite | UnixFileMode.OtherWrite);
        }

        if (!Directory.Exists(Data))
        {
            // A locale whose order differs from that of code points, so that a forgotten collation is seen.
            await ToolProcess.RunAsync(
                _folder,
                [
                    .. AsServerUser(), Program("initdb"), "-D", Data, "-U", Superuser, "-A", "trust", "-E", "UTF8", "--no-sync",
                    "--locale=C", "--locale-provider=icu", "--icu-locale=en-US",
                ]);
        }

        for (var left = Tries; _run is null; left--)
        {
            Port = FreePort();
            try
            {
                await StartAsync();
            }
            catch (InvalidOperationException) when (left > 1)
            {
                // Somebody else took the port meanwhile.
            }
        }
    }

    /// <summary>Starts a server that was stopped, with its data and port.</summary>
    public async Task StartAsync()
    {
        string[] command =
        [
            .. AsServerUser("--pdeathsig", "QUIT"), Program("postgres"), "-D", Data,
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=",
            "-c", string.Create(CultureInfo.InvariantCulture, $"port={Port}"),
            "-c", "fsync=off", "-c", "full_page_writes=off", "-c", "max_connections=200", "-c", "shared_buffers=64MB",
            .. Settings.SelectMany(setting => new[] { "-c", setting }),
        ];
        var run = new Run(ToolProcess.StartInfo(_folder, command));
        await run.Ready.WaitAsync(Bound);
        _run = run;
    }

    /// <summary>Stops the server at once, as a crash would; its data stays.</summary>
    public Task StopAsync() => ShutDownAsync("immediate");

    /// <summary>Ends all of the server's processes by SIGKILL, the postmaster first; its data stays. Where there is no such signal, as <see cref="StopAsync"/>.</summary>
    public async Task KillAsync()
    {
        if (_run is not { } run || OperatingSystem.IsWindows())
        {
            await StopAsync();
            return;
        }

        _run = null;
        var processes = (int[])[run.ProcessId, .. ServerProcesses.ChildrenOf(run.ProcessId)];
        Array.ForEach(processes, UnixSignal.Kill);
        await run.EndAsync().WaitAsync(Bound);
        // A session that still ended would keep the next server from starting.
        await Eventually.Is(() => Array.TrueForAll(processes, ServerProcesses.IsGone), "all of the server's processes are gone");
    }

    /// <summary>Starts a server after <see cref="KillAsync"/>, and lets it recover.</summary>
    public async Task RestartAsync()
    {
        for (var left = Tries; _run is null; left--)
        {
            try
            {
                await StartAsync();
            }
            catch (InvalidOperationException) when (left > 1)
            {
                // What the kernel still holds of the one before is given back in a moment.
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
        }
    }

    /// <summary>The server's sessions and workers do nothing until the result is disposed; the postmaster too, when asked for. Unix only.</summary>
    public IDisposable Freeze(bool postmaster)
    {
        var run = _run ?? throw new InvalidOperationException("The server does not run.");
        var processes = ServerProcesses.ChildrenOf(run.ProcessId).ToList();
        if (postmaster)
        {
            processes.Insert(0, run.ProcessId);
        }

        processes.ForEach(UnixSignal.Stop);
        return new Frozen(processes);
    }

    /// <summary>Stops one session's process where it stands, as if its machine hung, or lets it go on. Unix only.</summary>
    /// <param name="backend">What <c>pg_backend_pid()</c> said in a session of this server.</param>
    /// <param name="hung">Whether it is to stand still.</param>
    public Task HangAsync(int backend, bool hung) =>
        ToolProcess.RunAsync(_folder, [.. AsServerUser(), "kill", hung ? "-STOP" : "-CONT", backend.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Stops the server and deletes its data, unless it is to stay: then everything is on disk before.</summary>
    public async ValueTask DisposeAsync()
    {
        await ShutDownAsync(_isKept ? "fast" : "immediate");
        if (!_isKept && Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    /// <summary>PostgreSQL refuses root: there it runs as nobody. Where setpriv exists, the server ends with the thread that started it.</summary>
    private static IEnumerable<string> AsServerUser(params string[] lifetime)
    {
        if (!OperatingSystem.IsLinux() || !(File.Exists("/usr/bin/setpriv") || File.Exists("/bin/setpriv")))
        {
            return [];
        }

        string[] user = Environment.IsPrivilegedProcess ? ["--reuid=65534", "--regid=65534", "--clear-groups"] : [];
        return user.Length + lifetime.Length == 0 ? [] : ["setpriv", .. user, .. lifetime, "--"];
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task ShutDownAsync(string mode)
    {
        if (_run is { } run)
        {
            _run = null;
            await ToolProcess.RunAsync(_folder, [.. AsServerUser(), Program("pg_ctl"), "stop", "-D", Data, "-m", mode, "-w", "-t", "150"]);
            await run.EndAsync();
        }
    }

    private string Program(string name) => Path.Combine(_native, "bin", OperatingSystem.IsWindows() ? name + ".exe" : name);

    private sealed class Frozen(List<int> processes) : IDisposable
    {
        public void Dispose() => processes.ForEach(UnixSignal.Continue);
    }

    /// <summary>One life of the server, from a thread that lives as long: the kernel ends the server with it.</summary>
    private sealed class Run
    {
        private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly StringBuilder _log = new();

        public Run(ProcessStartInfo start)
        {
            new Thread(() => Live(start)) { IsBackground = true, Name = "PostgreSQL" }.Start();
        }

        public Task Ready => _ready.Task;

        /// <summary>The postmaster's, once it is ready: who starts it as another user becomes it.</summary>
        public int ProcessId { get; private set; }

        public Task EndAsync() => _ended.Task;

        private void Live(ProcessStartInfo start)
        {
            try
            {
                using var process = ToolProcess.Start(start);
                ProcessId = process.Id;
                process.OutputDataReceived += (_, line) => Read(line.Data);
                process.ErrorDataReceived += (_, line) => Read(line.Data);
                process.BeginOutputReadLine();
                process.BeginErrorReadLine();
                process.WaitForExit();
                lock (_log)
                {
                    _ready.TrySetException(new InvalidOperationException(
                        $"PostgreSQL for the tests cannot be had: the server ended with {process.ExitCode}: {_log.ToString().Trim()}"));
                }
            }
            catch (InvalidOperationException exception)
            {
                _ready.TrySetException(exception);
            }

            _ended.TrySetResult();
        }

        private void Read(string? line)
        {
            if (line is null || _ready.Task.IsCompleted)
            {
                return;
            }

            if (line.Contains("ready to accept connections", StringComparison.Ordinal))
            {
                _ready.TrySetResult();
            }

            lock (_log)
            {
                _log.Append(line).Append(' ');
            }
        }
    }
}
