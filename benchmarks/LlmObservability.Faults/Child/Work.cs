using System.Globalization;

namespace LlmObservability.Faults.Child;

/// <summary>What the calls of a child are: the same for the child that makes them and for whoever compares.</summary>
internal static class Work
{
    /// <summary>The own tag that names a call.</summary>
    public const string NumberTag = "number";

    /// <summary>Amendments of this kind are the poison ones.</summary>
    public const string PoisonKind = "poison";

    private static readonly WorkShape[] Shapes =
    [
        WorkShape.Alone, WorkShape.Alone, WorkShape.Attempts, WorkShape.Alone, WorkShape.Alone, WorkShape.Tool, WorkShape.Alone, WorkShape.Alone,
        WorkShape.LateTool, WorkShape.Alone, WorkShape.Alone, WorkShape.Amended, WorkShape.Alone, WorkShape.Alone, WorkShape.Alone, WorkShape.Alone,
    ];

    public static WorkShape ShapeOf(int number) => Shapes[number % Shapes.Length];

    /// <summary>Rows of attempts that are written with the call.</summary>
    public static int AttemptsOf(WorkShape shape) => shape == WorkShape.Attempts ? 2 : 0;

    /// <summary>Rows of tool calls that are written with the call or after it.</summary>
    public static int ToolsOf(WorkShape shape) => shape is WorkShape.Tool or WorkShape.LateTool ? 1 : 0;

    /// <summary>Rows of amendments.</summary>
    public static int AmendmentsOf(WorkShape shape) => shape == WorkShape.Amended ? 1 : 0;

    /// <summary>Records that the pipeline carries for it.</summary>
    public static int EnvelopesOf(WorkShape shape) => shape is WorkShape.LateTool or WorkShape.Amended ? 2 : 1;

    public static long InputTokensOf(int producer, int number) => 200 + ((producer * 7919L) + (number * 104_729L)) % 9_000;

    public static long OutputTokensOf(int producer, int number) => 1 + ((producer * 3571L) + (number * 2_741L)) % 1_500;

    public static string TenantOf(int number) => (number % 3) switch { 0 => "acme", 1 => "zürich", _ => "モデル" };

    public static string NumberOf(int producer, int number) => string.Create(CultureInfo.InvariantCulture, $"{producer}/{number}");
}
