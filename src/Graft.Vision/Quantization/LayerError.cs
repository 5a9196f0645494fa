namespace Graft.Vision.Quantization;

/// <summary>How far a layer of a quantized network is from that of the model.</summary>
/// <param name="Name">The layer.</param>
/// <param name="Decibels">10 log10(sum y^2 / sum (y - y')^2), with y what the layer gives, behind its activation, and y' what the quantized one does: 20 is an error of a tenth, 40 of a hundredth.</param>
/// <param name="Damage">The part of the variance of the network's output that is lost when this layer alone is quantized; null where it was not measured.</param>
/// <param name="IsFloat">Whether it stayed as it is.</param>
public sealed record LayerError(string Name, double Decibels, double? Damage, bool IsFloat);
