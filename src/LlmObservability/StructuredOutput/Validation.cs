using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace LlmObservability.StructuredOutput;

/// <summary>One check of one answer: its bounds, and the mismatches found. For one thread.</summary>
/// <remarks>
/// A mismatch learns its location while the check comes back up, so a value that matches costs no path. After a bound was
/// passed nothing is found any more; what was found before it stands.
/// </remarks>
internal sealed class Validation
{
    /// <summary>How many schemas may apply inside each other, those reached by references counted.</summary>
    internal const int MaxSchemas = 256;

    /// <summary>How many steps a check may take: about one a value and schema, and one a 64 bytes of text read.</summary>
    internal const int MaxSteps = 100_000;

    private const int BytesPerStep = 64;

    private readonly List<SchemaMismatch> _mismatches = [];
    private int _steps = MaxSteps;
    private int _schemas;
    private int _trials;

    internal bool IsTooComplex { get; private set; }

    internal IReadOnlyList<SchemaMismatch> Mismatches => _mismatches;

    /// <summary>Whether mismatches are kept: not while a schema is only tried.</summary>
    internal bool IsCollecting => _trials == 0;

    /// <summary>Whether looking further would change nothing.</summary>
    internal bool IsOver => IsTooComplex || (IsCollecting && _mismatches.Count == AnswerVerdict.MaxMismatches);

    /// <summary>Takes steps from the bound; false when it is passed.</summary>
    internal bool Spend(int steps)
    {
        _steps -= steps;
        IsTooComplex |= _steps < 0;
        return !IsTooComplex;
    }

    /// <summary>As <see cref="Spend"/>, for text that is read.</summary>
    internal bool SpendOn(ReadOnlySpan<byte> text) => Spend(1 + (text.Length / BytesPerStep));

    internal void GiveUp() => IsTooComplex = true;

    /// <summary>Before a schema is applied; <see cref="Leave"/> comes after it when this is true.</summary>
    internal bool Enter()
    {
        if (_schemas == MaxSchemas || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            GiveUp();
        }

        if (!Spend(1))
        {
            return false;
        }

        _schemas++;
        return true;
    }

    internal void Leave() => _schemas--;

    /// <summary>From here to <see cref="EndTrial"/> a mismatch decides nothing by itself, and is not kept.</summary>
    internal void BeginTrial() => _trials++;

    internal void EndTrial() => _trials--;

    /// <summary>Applies a schema to a property's value; the name is null when the schema does not have it.</summary>
    internal Finding Property(SchemaNode schema, JsonElement value, string? name)
    {
        var before = _mismatches.Count;
        var finding = schema.Check(value, this);
        return _mismatches.Count > before ? Locate(finding, before, name ?? "*") : finding;
    }

    /// <summary>Applies a schema to an item.</summary>
    internal Finding Item(SchemaNode schema, JsonElement value, int index)
    {
        var before = _mismatches.Count;
        var finding = schema.Check(value, this);
        return _mismatches.Count > before
            ? Locate(finding, before, index.ToString(CultureInfo.InvariantCulture))
            : finding;
    }

    /// <summary>A keyword fails. <paramref name="schemaText"/> is the schema's own, and fills the reason's <c>{}</c>.</summary>
    internal Finding Fail(string keyword, string reason, string? schemaText = null, string? segment = null)
    {
        if (IsTooComplex)
        {
            return Finding.Open;
        }

        if (!IsOver && IsCollecting)
        {
            var mismatch = SchemaMismatch.Here(keyword, reason, schemaText);
            _mismatches.Add(segment is null ? mismatch : mismatch.Below(segment));
        }

        return Finding.Fails;
    }

    internal Finding Fail(string keyword, string reason, int schemaNumber) =>
        Fail(keyword, reason, IsCollecting ? schemaNumber.ToString(CultureInfo.InvariantCulture) : null);

    private Finding Locate(Finding finding, int from, string segment)
    {
        for (var i = from; i < _mismatches.Count; i++)
        {
            _mismatches[i] = _mismatches[i].Below(segment);
        }

        return finding;
    }
}
