namespace Graft.Tensors;

/// <summary>How values between pixels are found; pixel centres are at half integers.</summary>
public enum ResizeMode
{
    /// <summary>The nearest pixel: floor(i / scale).</summary>
    Nearest,

    /// <summary>Linear in both directions, the border repeated.</summary>
    Bilinear,
}
