using System.Diagnostics;
using System.Text;
using System.Text.Json;

namespace Quickstart.Tests;

/// <summary>The sample as somebody starts it: a process on a free port of 127.0.0.1, with a directory of its own.</summary>
internal sealed class QuickstartProcess : IAsyncDisposable
{
    // Whatever the machine has set must not decide which provider is asked.
    private static readonly string[] Deciding =
        ["ANTHROPIC_API_KEY", "OPENAI_API_KEY", "OPENAI_BASE_URL", "MODEL", "ASPNETCORE_URLS", "ConnectionStrings__Llm"];

    private static readonly TimeSpan Bound = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly string _folder;

    private QuickstartProcess(Process process, string folder, string told)
    {
        (_process, _folder, Told) = (process, folder, told);
        Http = new HttpClient { BaseAddress = new Uri(AddressIn(told) + "/"), Timeout = TimeSpan.FromSeconds(30) };
    }

    public HttpClient Http { get; }

    /// <summary>What it said when it had started.</summary>
    public string Told { get; }

    public string Folder => _folder;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static async Task<QuickstartProcess> StartAsync(params (string Name, string Value)[] environment)
    {
        var folder = Path.Combine(Path.GetTempPath(), "llm-quickstart-" + Guid.NewGuid().ToString("N"));
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Quickstart.dll"), "--urls", "http://127.0.0.1:0", "--LlmObservability:File:Directory", folder },
            RedirectStandardOutput = true,
        };
        Deciding.ToList().ForEach(name => start.Environment.Remove(name));
        start.Environment["ASPNETCORE_ENVIRONMENT"] = "Development";
        // Tests ask as fast as they can.
        start.Environment["LlmObservability__Dashboard__MaxRequestsPerSecond"] = "100000";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        var process = Process.Start(start)!;
        try
        {
            return new QuickstartProcess(process, folder, await ReadAsync(process.StandardOutput).WaitAsync(Bound, Cancel));
        }
        catch (Exception)
        {
            End(process, folder);
            throw;
        }
    }

    public async Task<JsonElement> GetAsync(string path) =>
        JsonDocument.Parse(await Http.GetStringAsync(new Uri(path, UriKind.Relative), Cancel)).RootElement;

    public ValueTask DisposeAsync()
    {
        Http.Dispose();
        End(_process, _folder);
        return ValueTask.CompletedTask;
    }

    private static async Task<string> ReadAsync(StreamReader output)
    {
        var told = new StringBuilder();
        while (!told.ToString().Contains("Ctrl+C", StringComparison.Ordinal))
        {
            told.AppendLine(await output.ReadLineAsync(Cancel) ?? throw new InvalidOperationException("The sample ended: " + told));
        }

        return told.ToString();
    }

    private static string AddressIn(string told)
    {
        var from = told.IndexOf("http://", StringComparison.Ordinal);
        return told[from..told.IndexOf("/llm/", from, StringComparison.Ordinal)];
    }

    private static void End(Process process, string folder)
    {
        process.Kill();
        process.WaitForExit(10_000);
        process.Dispose();
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
