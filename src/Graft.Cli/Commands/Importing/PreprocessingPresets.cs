namespace Graft.Cli.Commands.Importing;

/// <summary>The usual ways to prepare an image, by name.</summary>
internal static class PreprocessingPresets
{
    /// <summary>The names.</summary>
    public static IReadOnlyList<string> Names { get; } = ["torchvision", "keras", "teachable-machine", "0-1"];

    /// <summary>The preprocessing of a name.</summary>
    public static Preprocessing Get(string name) => name switch
    {
        "torchvision" => Preprocessing.Torchvision,
        "keras" => Preprocessing.Centered,
        "teachable-machine" => Preprocessing.TeachableMachine,
        "0-1" => Preprocessing.Unit,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, $"There is no preset '{name}'."),
    };
}
