namespace Graft.Inference;

/// <summary>Where each value of one image lies while its steps run.</summary>
internal sealed unsafe class Frame(int values)
{
    /// <summary>The address of each value, by its number.</summary>
    public float*[] Values { get; } = new float*[values];
}
