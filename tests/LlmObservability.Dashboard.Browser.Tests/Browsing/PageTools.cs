namespace LlmObservability.Dashboard.Browser.Tests.Browsing;

/// <summary>The folder in which npm built the pages: what checks them lies there too.</summary>
internal static class PageTools
{
    public static string Folder { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var candidate = Path.Combine(folder.FullName, "src", "LlmObservability.Dashboard", "ui");
            if (Directory.Exists(Path.Combine(candidate, "node_modules")))
            {
                return candidate;
            }
        }

        throw new InvalidOperationException($"No folder above {AppContext.BaseDirectory} holds the built pages.");
    }
}
