namespace LlmObservability.Testing.Tools;

/// <summary>
/// Prometheus and promtool: those on the path, else Debian's package, unpacked into a folder of the tests' own. That needs no
/// root and installs nothing.
/// </summary>
internal sealed record PrometheusBinaries(string Prometheus, string Promtool)
{
    private const string Advice = "Prometheus for the tests cannot be had: install it so that prometheus and promtool are on the path (on Debian and Ubuntu: apt-get install prometheus).";

    /// <exception cref="InvalidOperationException">They cannot be had; the message says what to install.</exception>
    public static async Task<PrometheusBinaries> InstallAsync()
    {
        if (Tool.Find("prometheus") is { } prometheus && Tool.Find("promtool") is { } promtool)
        {
            return new PrometheusBinaries(prometheus, promtool);
        }

        if (Tool.Find("apt-get") is null || Tool.Find("dpkg-deb") is null)
        {
            throw new InvalidOperationException(Advice);
        }

        var folder = await InstalledOnce.InstallAsync("prometheus", UnpackAsync);
        return new PrometheusBinaries(Path.Combine(folder, "usr", "bin", "prometheus"), Path.Combine(folder, "usr", "bin", "promtool"));
    }

    private static async Task UnpackAsync(string folder)
    {
        var told = await Tool.RunAsync(["apt-get", "download", "prometheus"], folder: folder);
        if (told.ExitCode != 0)
        {
            told = await DownloadWithOwnListsAsync(folder);
        }

        var package = Directory.EnumerateFiles(folder, "*.deb").FirstOrDefault()
            ?? throw new InvalidOperationException($"{Advice} apt-get said: {told.Error.ReplaceLineEndings(" ")}");
        told = await Tool.RunAsync(["dpkg-deb", "-x", package, folder]);
        File.Delete(package);
        if (told.ExitCode != 0)
        {
            throw new InvalidOperationException($"{Advice} dpkg-deb said: {told.Error.ReplaceLineEndings(" ")}");
        }
    }

    // A fresh machine knows no packages yet, and only root may change what it knows.
    private static async Task<ToolResult> DownloadWithOwnListsAsync(string folder)
    {
        var apt = Path.Combine(folder, "apt");
        Directory.CreateDirectory(Path.Combine(apt, "lists", "partial"));
        Directory.CreateDirectory(Path.Combine(apt, "cache", "archives", "partial"));
        string[] options =
        [
            "-o", "Dir::State::Lists=" + Path.Combine(apt, "lists"), "-o", "Dir::Cache=" + Path.Combine(apt, "cache"),
            "-o", "APT::Sandbox::User=" + Environment.UserName,
        ];
        var told = await Tool.RunAsync(["apt-get", .. options, "update"], folder: folder);
        if (told.ExitCode == 0)
        {
            told = await Tool.RunAsync(["apt-get", .. options, "download", "prometheus"], folder: folder);
        }

        Directory.Delete(apt, recursive: true);
        return told;
    }
}
