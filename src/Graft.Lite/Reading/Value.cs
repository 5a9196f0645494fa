using Graft.Tensors;

namespace Graft.Lite.Reading;

/// <summary>A tensor of the file as Graft's network computes it.</summary>
/// <param name="Name">The node or input of Graft's network.</param>
/// <param name="Rank">The number of axes in the file. Graft's pooled features are <c>[batch, channels]</c> at once, where the file may keep <c>[batch, 1, 1, channels]</c>.</param>
/// <param name="Padding">Zeros around the image that only a convolution can take in.</param>
internal sealed record Value(string Name, int Rank, Padding Padding = default);
