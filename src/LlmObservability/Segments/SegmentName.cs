using System.Globalization;

namespace LlmObservability.Segments;

/// <summary>A segment's sequence number and first position, as its file's name tells them.</summary>
internal readonly record struct SegmentName(uint Sequence, long First)
{
    private const string Extension = ".seg";
    private const string QuarantineExtension = ".quarantined";
    private const int StemLength = 8 + 1 + 16;

    /// <summary>The name of the file with what was found damaged at an offset.</summary>
    public string Quarantined(long offset) => string.Create(CultureInfo.InvariantCulture, $"{Stem}.{offset:x8}{QuarantineExtension}");

    public override string ToString() => Stem + Extension;

    /// <summary>Reads the name of a segment, or of one in quarantine.</summary>
    public static bool TryParse(string file, out SegmentName name, out bool quarantined)
    {
        quarantined = file.EndsWith(QuarantineExtension, StringComparison.Ordinal);
        name = default;
        if (file.Length < StemLength || file[8] != '-' ||
            !(quarantined ? file.AsSpan(StemLength).StartsWith(".") : file.AsSpan(StemLength).SequenceEqual(Extension)) ||
            !uint.TryParse(file.AsSpan(0, 8), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sequence) ||
            !long.TryParse(file.AsSpan(9, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var first) ||
            first is < 1 or > SegmentFormat.MaxPosition)
        {
            return false;
        }

        name = new SegmentName(sequence, first);
        return file.StartsWith(name.Stem, StringComparison.Ordinal);
    }

    private string Stem => string.Create(CultureInfo.InvariantCulture, $"{Sequence:x8}-{First:x16}");
}
