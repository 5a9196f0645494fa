namespace Graft.Onnx;

/// <summary>The order of an image's axes at the borders of an ONNX graph.</summary>
public enum ImageLayout
{
    /// <summary><c>[batch, channels, height, width]</c>, as ONNX computes.</summary>
    Nchw,

    /// <summary><c>[batch, height, width, channels]</c>, as images lie in memory; the graph transposes inside.</summary>
    Nhwc,
}
