using System.Collections;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace Graft.Tensors;

/// <summary>
/// The extents of a tensor, outermost first. Activations are <c>[batch, height, width, channels]</c> or <c>[batch, features]</c>;
/// convolution weights are <c>[out, in / groups, height, width]</c>, dense weights <c>[out, in]</c>.
/// </summary>
[CollectionBuilder(typeof(Shape), nameof(Create))]
public readonly struct Shape : IEquatable<Shape>, IEnumerable<int>
{
    private readonly ImmutableArray<int> extents;

    private Shape(ImmutableArray<int> extents) => this.extents = extents;

    /// <summary>Makes a shape from its extents.</summary>
    /// <param name="extents">The extents, outermost first; none for a scalar.</param>
    /// <exception cref="ArgumentOutOfRangeException">An extent is negative.</exception>
    public static Shape Create(ReadOnlySpan<int> extents)
    {
        foreach (int extent in extents) ArgumentOutOfRangeException.ThrowIfNegative(extent, nameof(extents));
        return new Shape([.. extents]);
    }

    private ImmutableArray<int> Extents => extents.IsDefault ? [] : extents;

    /// <summary>The number of extents.</summary>
    public int Rank => Extents.Length;

    /// <summary>The extent at <paramref name="axis"/>; an index from the end counts from the innermost.</summary>
    public int this[Index axis] => Extents[axis];

    /// <summary>The number of elements: the product of the extents, 1 for a scalar.</summary>
    /// <exception cref="OverflowException">The product does not fit 64 bits.</exception>
    public long Count
    {
        get
        {
            long count = 1;
            foreach (int extent in Extents) count = checked(count * extent);
            return count;
        }
    }

    /// <summary>This shape with another extent at <paramref name="axis"/>.</summary>
    public Shape With(Index axis, int extent) => new(Extents.SetItem(axis.GetOffset(Rank), extent));

    /// <inheritdoc/>
    public bool Equals(Shape other) => Extents.AsSpan().SequenceEqual(other.Extents.AsSpan());

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is Shape other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        foreach (int extent in Extents) hash.Add(extent);
        return hash.ToHashCode();
    }

    /// <summary>The extents in brackets, for example <c>[1, 224, 224, 3]</c>.</summary>
    public override string ToString() => $"[{string.Join(", ", Extents)}]";

    /// <inheritdoc/>
    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)Extents).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Whether two shapes have the same extents.</summary>
    public static bool operator ==(Shape left, Shape right) => left.Equals(right);

    /// <summary>Whether two shapes differ.</summary>
    public static bool operator !=(Shape left, Shape right) => !left.Equals(right);
}
