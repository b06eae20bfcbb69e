using System.IO.Compression;
using System.Reflection;
using System.Security.Cryptography;

namespace LlmObservability.Dashboard.Pages;

/// <summary>One file of the pages, as it lies in this assembly.</summary>
/// <param name="MediaType">What it is.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="Compressed">The same by gzip.</param>
/// <param name="Tag">Its entity tag: a hash of its bytes.</param>
internal sealed record Page(string MediaType, byte[] Content, byte[] Compressed, string Tag)
{
    private const string Folder = "pages/";

    /// <summary>The page that loads all others.</summary>
    public const string Index = "index.html";

    /// <summary>Every file, by its path below the dashboard's.</summary>
    public static IReadOnlyDictionary<string, Page> ReadAll()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .ToDictionary(name => name[Folder.Length..], name => Read(assembly, name), StringComparer.Ordinal);
    }

    private static Page Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        using var content = new MemoryStream();
        stream.CopyTo(content);
        var bytes = content.ToArray();
        return new Page(MediaTypeOf(name), bytes, Compress(bytes), $"\"{Convert.ToHexString(SHA256.HashData(bytes))[..32]}\"");
    }

    private static byte[] Compress(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.SmallestSize))
        {
            gzip.Write(content);
        }

        return compressed.ToArray();
    }

    private static string MediaTypeOf(string name) => Path.GetExtension(name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
