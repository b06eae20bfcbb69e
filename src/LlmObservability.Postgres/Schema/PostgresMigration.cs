using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LlmObservability.Postgres;

/// <summary>One numbered migration, from this assembly's resources.</summary>
internal sealed record PostgresMigration(int Version, string Name, string Sql)
{
    private const string Suffix = ".sql";

    /// <summary>SHA-256 of the text, in hex: a migration that was released never changes.</summary>
    public string Checksum { get; } = Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>All of them, in order.</summary>
    public static IReadOnlyList<PostgresMigration> All { get; } = Load();

    private static PostgresMigration[] Load()
    {
        var assembly = typeof(PostgresMigration).Assembly;
        return
        [
            .. assembly.GetManifestResourceNames()
                .Where(name => name.EndsWith(Suffix, StringComparison.Ordinal))
                .Order(StringComparer.Ordinal)
                .Select(name =>
                {
                    using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                    var sql = reader.ReadToEnd().ReplaceLineEndings("\n");
                    return new PostgresMigration(
                        int.Parse(name.AsSpan(0, 4), NumberStyles.None, CultureInfo.InvariantCulture),
                        name[..^Suffix.Length],
                        sql);
                }),
        ];
    }
}
