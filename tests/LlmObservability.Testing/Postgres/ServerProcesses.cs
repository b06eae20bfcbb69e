using System.Globalization;

namespace LlmObservability.Testing.Postgres;

/// <summary>The processes of one PostgreSQL: the postmaster, and its children as /proc tells them.</summary>
internal static class ServerProcesses
{
    /// <summary>The postmaster's children: sessions and its own workers. Empty where there is no /proc.</summary>
    public static IReadOnlyList<int> ChildrenOf(int postmaster)
    {
        return !Directory.Exists("/proc/self")
            ? []
            : [.. Directory.EnumerateDirectories("/proc").Select(Number).Where(process => process > 0 && ParentOf(process) == postmaster)];
    }

    /// <summary>Whether the process is gone, or only waits to be told of.</summary>
    public static bool IsGone(int process) => Fields(process) is not { } fields || fields[0] is "Z" or "X";

    private static int Number(string folder) =>
        int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;

    private static int ParentOf(int process) =>
        Fields(process) is { } fields ? int.Parse(fields[1], CultureInfo.InvariantCulture) : 0;

    // "123 (name of any kind) S 1 …": what follows the name.
    private static string[]? Fields(int process)
    {
        try
        {
            var text = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/stat"));
            return text[(text.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
