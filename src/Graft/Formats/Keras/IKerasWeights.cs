using Graft.Tensors;

namespace Graft.Formats.Keras;

/// <summary>Where the weights of a Keras model are: beside its topology in TensorFlow.js, in the groups of an HDF5 file.</summary>
internal interface IKerasWeights
{
    /// <summary>What errors call the file.</summary>
    string File { get; }

    /// <summary>The full names of all weights.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>The full name of a layer's variable, or null when the file has none.</summary>
    string? Find(KerasVariable variable);

    /// <summary>The shape of a weight, in Keras' own layout.</summary>
    Shape Shape(string name);

    /// <summary>The values of a weight, in Keras' own layout.</summary>
    Tensor Values(string name);
}
