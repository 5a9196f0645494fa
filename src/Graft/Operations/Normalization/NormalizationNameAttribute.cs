namespace Graft.Operations.Normalization;

/// <summary>
/// The name by which a command line asks for a normalization. The static method that has it makes one for a number of channels;
/// <see cref="NormalizationNames"/> is written from these while building.
/// </summary>
/// <param name="name">The name.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class NormalizationNameAttribute(string name) : Attribute
{
    /// <summary>The name.</summary>
    public string Name { get; } = name;
}
