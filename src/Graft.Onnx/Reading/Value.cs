using Graft.Tensors;

namespace Graft.Onnx.Reading;

/// <summary>An ONNX value as Graft's network computes it.</summary>
/// <param name="Name">The node or input of Graft's network.</param>
/// <param name="Rank">
/// The number of axes in ONNX. Graft's pooled features are <c>[batch, channels]</c> at once, where ONNX keeps <c>[batch, channels, 1, 1]</c> until they are flattened.
/// </param>
/// <param name="ChannelsLast">Whether ONNX has the channels last too, between two transpositions.</param>
/// <param name="Padding">Zeros around the image that only a convolution can take in.</param>
/// <param name="Groups">How many groups of channels a reshape has made rows of, as normalization in groups is written; 0 where the channels are apart.</param>
/// <param name="Flat">Why nothing but a dense layer can take a flattened image, in the order of axes that <paramref name="ChannelsLast"/> says; null where it is none.</param>
/// <param name="Whole">What it stands for where it is whole numbers, which only a DequantizeLinear takes.</param>
internal sealed record Value(string Name, int Rank, bool ChannelsLast = false, Padding Padding = default, int Groups = 0, WholeNumbers? Whole = null, OnnxException? Flat = null);
