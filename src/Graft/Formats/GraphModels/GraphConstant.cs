using Graft.Tensors;

namespace Graft.Formats.GraphModels;

/// <summary>A value that is known before the network runs.</summary>
/// <param name="Name">What errors call it.</param>
/// <param name="Extents">Its extents.</param>
/// <param name="Read">Gives its numbers.</param>
internal sealed record GraphConstant(string Name, int[] Extents, Func<Tensor> Read)
{
    /// <summary>An extent that is not known: the batch.</summary>
    public const int Batch = -1;

    private const int MostWholes = 64;

    /// <summary>The number of its numbers.</summary>
    public long Count { get; } = Extents.Aggregate(1L, (product, extent) => product * extent);

    /// <summary>Of whole numbers, such as a shape.</summary>
    /// <param name="name">What errors call it.</param>
    /// <param name="numbers">The numbers.</param>
    /// <param name="isScalar">Whether it is one number without an axis.</param>
    public static GraphConstant Of(string name, int[] numbers, bool isScalar = false) =>
        new(name, isScalar ? [] : [numbers.Length], () => new Tensor([numbers.Length], [.. numbers.Select(number => (float)number)]));

    /// <summary>Its numbers.</summary>
    public float[] Floats()
    {
        using Tensor numbers = Read();
        return numbers.Span.ToArray();
    }

    /// <summary>Its numbers where they are few and whole.</summary>
    /// <param name="node">The node that takes them.</param>
    /// <param name="what">What it takes them for.</param>
    public int[] Wholes(GraphNode node, string what)
    {
        if (Count > MostWholes) throw node.Refuse($"its {what} has {Count} numbers; at most {MostWholes} are read.");
        float[] numbers = Floats();
        foreach (float number in numbers)
            if (!(Math.Abs(number) < 1 << 24) || number != MathF.Round(number)) throw node.Refuse($"its {what} has the number {number}, where whole numbers under {1 << 24:N0} are wanted.");
        return [.. numbers.Select(number => (int)number)];
    }
}
