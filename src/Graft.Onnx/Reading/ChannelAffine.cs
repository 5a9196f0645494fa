namespace Graft.Onnx.Reading;

/// <summary>y = factor x + offset, for each channel.</summary>
/// <param name="Factor">A number for each channel.</param>
/// <param name="Offset">A number for each channel.</param>
internal sealed record ChannelAffine(float[] Factor, float[] Offset);
