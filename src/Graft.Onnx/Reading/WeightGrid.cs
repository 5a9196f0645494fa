namespace Graft.Onnx.Reading;

/// <summary>What a DequantizeLinear has made a constant's numbers of.</summary>
/// <param name="Scales">One for each place on the axis, or one for all.</param>
/// <param name="Axis">The axis.</param>
/// <param name="Problem">Why Graft's quantized weights cannot be such, as the end of a sentence; null where they can.</param>
internal sealed record WeightGrid(float[] Scales, int Axis, string? Problem);
