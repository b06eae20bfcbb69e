using System.Reflection;

namespace LlmObservability.OpenTelemetry.Tests.Otlp;

/// <summary>Changes the public properties of a record one by one, those of the records in it too: whatever properties there are.</summary>
internal static class RecordChanges
{
    // They follow from others; Custom is tested by itself.
    private static readonly string[] Derived =
        ["Model", "OutputTokensPerSecond", "Input", "Output", "TotalInput", "TotalOutput", "TotalNanos", "TotalUsd", "TotalMicros", "Custom"];

    private static readonly Type[] Nested = [typeof(LlmTokens), typeof(LlmTokenDetail), typeof(LlmHttpDetail), typeof(LlmCost), typeof(LlmTags)];

    private static readonly MethodInfo Clone = typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>Each property changed by itself, with its path.</summary>
    public static IEnumerable<(string Path, T Changed)> Each<T>(T record)
        where T : notnull => EachOf(record).Select(change => (change.Path, (T)change.Changed));

    /// <summary>All of them changed.</summary>
    public static T All<T>(T record)
        where T : notnull => (T)AllOf(record);

    private static IEnumerable<(string Path, object Changed)> EachOf(object record)
    {
        foreach (var (property, value, inner) in Properties(record))
        {
            if (inner is null)
            {
                yield return (property.Name, With(record, property, Another(property, value)));
                continue;
            }

            foreach (var (path, changed) in EachOf(inner))
            {
                yield return ($"{property.Name}.{path}", With(record, property, changed));
            }
        }
    }

    private static object AllOf(object record) => Properties(record).Aggregate(
        record, (changing, item) => With(changing, item.Property, item.Inner is { } inner ? AllOf(inner) : Another(item.Property, item.Value)));

    private static IEnumerable<(PropertyInfo Property, object? Value, object? Inner)> Properties(object record)
    {
        foreach (var property in record.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            if (property.SetMethod is null)
            {
                Derived.ShouldContain(property.Name);
                continue;
            }

            var (type, value) = (TypeOf(property), property.GetValue(record));
            yield return (property, value, Nested.Contains(type) ? value ?? Activator.CreateInstance(type) : null);
        }
    }

    private static Type TypeOf(PropertyInfo property) => Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

    private static object With(object record, PropertyInfo property, object value)
    {
        var changed = Clone.Invoke(record, null)!;
        property.SetValue(changed, value);
        return changed;
    }

    private static object Another(PropertyInfo property, object? value)
    {
        var type = TypeOf(property);
        return type.IsEnum ? Enum.GetValues(type).Cast<object>().First(other => !other.Equals(value)) : value switch
        {
            string text => text[..^1] + (text[^1] == '1' ? '2' : '1'),
            int number => number + 2,
            long number => number + 2,
            bool truth => !truth,
            double number => number + 0.25,
            TimeSpan time => time + TimeSpan.FromMilliseconds(3),
            DateTimeOffset time => time.AddDays(1),
            Guid => new Guid("019c0000-aaaa-7bbb-8ccc-ddddeeeeffff"),
            _ when type == typeof(string) => "another",
            _ when type == typeof(int) => 7,
            _ when type == typeof(long) => 7L,
            _ when type == typeof(bool) => true,
            _ when type == typeof(double) => 0.25,
            _ when type == typeof(TimeSpan) => TimeSpan.FromMilliseconds(3),
            _ when type == typeof(DateOnly) => new DateOnly(2026, 1, 2),
            _ => throw new NotSupportedException($"{property.DeclaringType!.Name}.{property.Name}: say what another {type.Name} is."),
        };
    }
}
