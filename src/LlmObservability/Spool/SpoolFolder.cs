namespace LlmObservability.Spool;

/// <summary>Where a sink's files lie below the configured directory.</summary>
internal static class SpoolFolder
{
    /// <summary>The folder of a sink's log. Whatever a sink is named, the name stays within the directory.</summary>
    public static string Of(string directory, string sink)
    {
        var name = Uri.EscapeDataString(sink);
        return Path.Combine(Path.GetFullPath(directory), name.Trim('.').Length == 0 ? "%" + name : name);
    }

    /// <summary>The file of records that a sink refuses.</summary>
    public static string AsideOf(string directory, string sink) => Of(directory, sink) + ".aside.jsonl";
}
