using Graft.Kernels.Quantization;

namespace Graft.Onnx.Reading;

/// <summary>That a value is whole numbers, between QuantizeLinear and DequantizeLinear.</summary>
/// <param name="Grid">What they stand for, as bytes without a sign.</param>
/// <param name="Offset">The byte that the file's 0 is: 128 where its bytes have a sign.</param>
internal sealed record WholeNumbers(ByteGrid Grid, int Offset);
