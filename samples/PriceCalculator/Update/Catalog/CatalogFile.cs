using LlmObservability.Pricing;

namespace PriceCalculator.Update.Catalog;

/// <summary>Where the project's catalog lies, and how a new one takes its place.</summary>
internal static class CatalogFile
{
    private const string Solution = "LlmObservability.sln";

    /// <summary>The catalog of the project that one of the folders lies in; null when there is none.</summary>
    public static string? Find(IEnumerable<string> folders)
    {
        foreach (var start in folders)
        {
            for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
            {
                var path = Path.Combine(folder.FullName, "src", "LlmObservability", "Pricing", "catalog.json");
                if (File.Exists(Path.Combine(folder.FullName, Solution)) && File.Exists(path))
                {
                    return path;
                }
            }
        }

        return null;
    }

    /// <exception cref="CalculatorException">It cannot be read.</exception>
    public static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new CalculatorException($"{path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>The catalog that comes with the library, for where there is no project.</summary>
    public static byte[] ReadBuiltIn()
    {
        using var stream = typeof(PriceCatalog).Assembly.GetManifestResourceStream("catalog.json")
            ?? throw new CalculatorException("The library has no catalog.");
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    /// <exception cref="CalculatorException">The library cannot read the catalog.</exception>
    public static void Check(byte[] catalog, string path)
    {
        try
        {
            PriceCatalog.Parse(catalog, Path.GetFileName(path));
        }
        catch (Exception exception) when (exception is PriceCatalogException or ArgumentException)
        {
            throw new CalculatorException($"Nothing is written, since the result would be no catalog: {exception.Message}", exception);
        }
    }

    /// <summary>Puts a catalog in a file's place at once: whoever reads it finds the old one or the new one, never a part.</summary>
    /// <exception cref="CalculatorException">It cannot be written; the file is as it was.</exception>
    public static void Replace(string path, byte[] catalog)
    {
        var beside = $"{path}.{Guid.NewGuid():n}.new";
        try
        {
            File.WriteAllBytes(beside, catalog);
            File.Move(beside, path, overwrite: true);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            Discard(beside);
            throw new CalculatorException($"{path} cannot be written: {exception.Message}", exception);
        }
    }

    private static void Discard(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // It was never made, for want of its folder or of the right to write there.
        }
    }
}
