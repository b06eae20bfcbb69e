using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;

namespace LlmObservability.Testing;

/// <summary>Prints an assembly's public surface, one line a member, and compares it with the approved file.</summary>
public static class PublicSurface
{
    /// <summary>Fails when the surface differs; the new one is then beside the test's assembly, to be approved by copying it.</summary>
    public static void ShouldBeApproved(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var name = assembly.GetName().Name;
        // Beside the test's assembly, not its source: deterministic builds do not know where that was.
        var approvedFile = Path.Combine(AppContext.BaseDirectory, "PublicSurface", $"{name}.approved.txt");
        var received = Print(assembly);
        var approved = File.ReadAllText(approvedFile).ReplaceLineEndings("\n");
        if (received != approved)
        {
            var receivedFile = Path.Combine(AppContext.BaseDirectory, $"{name}.received.txt");
            File.WriteAllText(receivedFile, received);
            received.ShouldBe(approved, $"The public surface of {name} changed. If that is meant, copy {receivedFile} over PublicSurface/{name}.approved.txt in the test project.");
        }
    }

    public static string Print(Assembly assembly)
    {
        ArgumentNullException.ThrowIfNull(assembly);
        var text = new StringBuilder();
        foreach (var type in assembly.GetExportedTypes().OrderBy(type => type.FullName, StringComparer.Ordinal))
        {
            text.Append(Kind(type)).Append(' ').Append(Name(type)).Append(Bases(type)).Append('\n');
            var lines = type.GetMembers(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(IsSurface).Select(Line).Order(StringComparer.Ordinal);
            foreach (var line in lines)
            {
                text.Append("    ").Append(line).Append('\n');
            }
        }

        return text.ToString();
    }

    private static bool IsSurface(MemberInfo member)
    {
        // What the compiler writes for records is not a decision of ours; its members' types are.
        if (member.IsDefined(typeof(CompilerGeneratedAttribute)) || member.Name.Contains('<', StringComparison.Ordinal))
        {
            return false;
        }

        return member switch
        {
            MethodInfo { IsSpecialName: true } => false,
            MethodBase method => method.IsPublic || method.IsFamily,
            FieldInfo field => field.IsPublic && field.Name != "value__",
            PropertyInfo property => (property.GetMethod ?? property.SetMethod)!.IsPublic,
            EventInfo => true,
            _ => false,
        };
    }

    private static string Line(MemberInfo member) => member switch
    {
        FieldInfo { IsLiteral: true } field => $"const {Name(field.FieldType)} {field.Name} = {field.GetRawConstantValue()}",
        FieldInfo field => $"field {Name(field.FieldType)} {field.Name}",
        PropertyInfo property => $"{Static(property.GetMethod)}{Name(property.PropertyType)} {property.Name} {{ get;{Setter(property)} }}",
        ConstructorInfo constructor => $"new({Parameters(constructor)})",
        MethodInfo method => $"{Static(method)}{Name(method.ReturnType)} {method.Name}{Generics(method)}({Parameters(method)})",
        _ => member.ToString()!,
    };

    private static string Setter(PropertyInfo property)
    {
        return property.SetMethod is not { IsPublic: true } setter ? ""
            : setter.ReturnParameter.GetRequiredCustomModifiers().Contains(typeof(IsExternalInit)) ? " init;" : " set;";
    }

    private static string Static(MethodInfo? method) => method is { IsStatic: true } ? "static " : "";

    private static string Generics(MethodInfo method) =>
        method.IsGenericMethod ? $"<{string.Join(", ", method.GetGenericArguments().Select(Name))}>" : "";

    private static string Parameters(MethodBase method) => string.Join(", ", method.GetParameters().Select(parameter =>
        $"{Name(parameter.ParameterType)} {parameter.Name}{(parameter.HasDefaultValue ? $" = {parameter.DefaultValue ?? "null"}" : "")}"));

    private static string Kind(Type type) =>
        type.IsEnum ? "enum" : type.IsInterface ? "interface" : type.IsValueType ? "struct"
        : type is { IsAbstract: true, IsSealed: true } ? "static class" : type.IsAbstract ? "abstract class" : type.IsSealed ? "sealed class" : "class";

    private static string Bases(Type type)
    {
        var bases = type.IsEnum || type.IsInterface ? [] : new[] { type.BaseType }.Where(b => b is not null && b != typeof(object) && b != typeof(ValueType));
        var all = bases.Concat(type.IsEnum ? [] : type.GetInterfaces().Where(i => i.IsVisible)).Select(b => Name(b!)).Order(StringComparer.Ordinal).ToList();
        return all.Count == 0 ? "" : " : " + string.Join(", ", all);
    }

    private static string Name(Type type)
    {
        if (type.IsByRef)
        {
            return "ref " + Name(type.GetElementType()!);
        }

        if (type.IsArray)
        {
            return Name(type.GetElementType()!) + "[]";
        }

        if (type.IsGenericParameter || !type.IsGenericType)
        {
            return type.IsGenericParameter ? type.Name : (type.FullName ?? type.Name).Replace('+', '.');
        }

        var name = type.GetGenericTypeDefinition().FullName!;
        return $"{name[..name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>";
    }
}
