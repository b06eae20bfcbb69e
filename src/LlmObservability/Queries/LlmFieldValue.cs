namespace LlmObservability.Queries;

/// <summary>A field's value of one call: of the field's type, or missing. Values compare within one type only; missing ones with none.</summary>
internal readonly struct LlmFieldValue : IEquatable<LlmFieldValue>
{
    private readonly LlmFieldType _type;
    private readonly string? _text;
    private readonly double _number;
    private readonly Guid _id;

    // Integers, booleans as 0 and 1, times as UTC ticks.
    private readonly long _whole;

    private LlmFieldValue(LlmFieldType type, string? text = null, long whole = 0, double number = 0, Guid id = default)
    {
        _type = type;
        _text = text;
        _whole = whole;
        _number = number;
        _id = id;
        HasValue = true;
    }

    /// <summary>False for a missing value, which is the default.</summary>
    public bool HasValue { get; }

    /// <summary>The value of a text field.</summary>
    public string? Text => _text;

    public static LlmFieldValue Of(string? value) => value is null ? default : new(LlmFieldType.Text, text: value);

    public static LlmFieldValue Of(long? value) => value is null ? default : new(LlmFieldType.Integer, whole: value.Value);

    public static LlmFieldValue Of(double? value) => value is null ? default : new(LlmFieldType.Number, number: value.Value);

    public static LlmFieldValue Of(bool value) => new(LlmFieldType.Boolean, whole: value ? 1 : 0);

    public static LlmFieldValue Of(DateTimeOffset value) => new(LlmFieldType.Time, whole: value.UtcTicks);

    public static LlmFieldValue Of(Guid value) => new(LlmFieldType.Id, id: value);

    /// <summary>Reads a text form that <see cref="LlmValue.Fits"/> the type; null is a missing value.</summary>
    public static LlmFieldValue Parse(LlmFieldType type, string? text)
    {
        return (text, type) switch
        {
            (null, _) => default,
            (_, LlmFieldType.Text) => Of(text),
            (_, LlmFieldType.Integer) when LlmValue.TryParseInteger(text, out var whole) => Of((long?)whole),
            (_, LlmFieldType.Number) when LlmValue.TryParseNumber(text, out var number) => Of((double?)number),
            (_, LlmFieldType.Boolean) when LlmValue.TryParseBoolean(text, out var flag) => Of(flag),
            (_, LlmFieldType.Time) when LlmValue.TryParseTime(text, out var time) => Of(time),
            (_, LlmFieldType.Id) when LlmValue.TryParseId(text, out var id) => Of(id),
            _ => throw new LlmQueryException("filter", $"'{text}' is not a value of type {type}."),
        };
    }

    /// <summary>Compares two values that are there and have one type: text by code point, ids by their bytes.</summary>
    public int CompareTo(LlmFieldValue other)
    {
        return _type switch
        {
            LlmFieldType.Text => LlmValue.CompareText(_text!, other._text!),
            LlmFieldType.Number => _number.CompareTo(other._number),
            LlmFieldType.Id => _id.CompareTo(other._id),
            _ => _whole.CompareTo(other._whole),
        };
    }

    /// <summary>The text form; null for a missing value.</summary>
    public string? ToText()
    {
        return !HasValue ? null : _type switch
        {
            LlmFieldType.Text => _text,
            LlmFieldType.Integer => LlmValue.Format(_whole),
            LlmFieldType.Number => LlmValue.Format(_number),
            LlmFieldType.Boolean => LlmValue.Format(_whole == 1),
            LlmFieldType.Time => LlmValue.Format(new DateTimeOffset(_whole, TimeSpan.Zero)),
            _ => LlmValue.Format(_id),
        };
    }

    public bool Equals(LlmFieldValue other)
    {
        return HasValue == other.HasValue && (!HasValue || (_type == other._type && CompareTo(other) == 0));
    }

    public override bool Equals(object? obj) => obj is LlmFieldValue other && Equals(other);

    public override int GetHashCode() => HashCode.Combine(_type, _text, _whole, _number, _id);
}
