namespace Graft.Hosting;

/// <summary>A classifier that was added to a host's services.</summary>
/// <param name="Name">Its key; empty for the one without.</param>
internal sealed record Registration(string Name)
{
    /// <summary>What messages call a classifier.</summary>
    public static string Describe(string name) => name.Length == 0 ? "The image classifier" : $"The image classifier '{name}'";
}
