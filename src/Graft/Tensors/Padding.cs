namespace Graft.Tensors;

/// <summary>Zeros around an image before a window slides over it: either fixed, or TensorFlow's SAME rule.</summary>
/// <param name="IsSame">Whether the SAME rule gives the amounts; the others are then 0.</param>
/// <param name="Top">Rows above.</param>
/// <param name="Bottom">Rows below.</param>
/// <param name="Left">Columns to the left.</param>
/// <param name="Right">Columns to the right.</param>
public readonly record struct Padding(bool IsSame, int Top, int Bottom, int Left, int Right)
{
    /// <summary>No padding.</summary>
    public static Padding None => default;

    /// <summary>
    /// TensorFlow's rule: the output has ceil(size / stride) elements and the extra zero, if any, is at the end.
    /// The same weights with another padding give other features.
    /// </summary>
    public static Padding Same => new(true, 0, 0, 0, 0);

    /// <summary>The most rows or columns on a side; 0 for the SAME rule.</summary>
    internal int Largest => Math.Max(Math.Max(Top, Bottom), Math.Max(Left, Right));

    /// <summary>The same amount on every side: PyTorch's rule.</summary>
    public static Padding Symmetric(int amount) => new(false, amount, amount, amount, amount);

    /// <summary>The amounts before and after, vertically, for an input height.</summary>
    public (int Before, int After) Vertical(int size, int kernel, int stride, int dilation) =>
        IsSame ? SameAmounts(size, kernel, stride, dilation) : (Top, Bottom);

    /// <summary>The amounts before and after, horizontally, for an input width.</summary>
    public (int Before, int After) Horizontal(int size, int kernel, int stride, int dilation) =>
        IsSame ? SameAmounts(size, kernel, stride, dilation) : (Left, Right);

    /// <summary>As it is printed: <c>same</c>, or the amounts.</summary>
    public override string ToString() => IsSame ? "same" : Top == Bottom && Left == Right && Top == Left ? $"{Top}" : $"{Top},{Bottom},{Left},{Right}";

    // total = max((ceil(x / s) - 1) s + (k - 1) d + 1 - x, 0), the extra at the end.
    private static (int Before, int After) SameAmounts(int size, int kernel, int stride, int dilation)
    {
        int outputs = (size + stride - 1) / stride;
        int total = Math.Max(((outputs - 1) * stride) + ((kernel - 1) * dilation) + 1 - size, 0);
        return (total / 2, total - (total / 2));
    }
}
