using System.Globalization;
using Graft.Formats;
using Graft.Formats.Keras;
using Graft.Keras.Hdf5;
using Graft.Tensors;

namespace Graft.Keras.Reading;

/// <summary>
/// Weights as Keras 3 has them: <c>layers/conv2d_1/vars/0</c> is the first variable of the second Conv2D among the layers of the model; in models in it paths go on.
/// </summary>
internal sealed class PathWeights : IKerasWeights
{
    private const string Variables = "vars";

    // What is in the file for training: Keras' random numbers, and an optimizer's state.
    private static readonly string[] Others = ["seed_generator", "optimizer", "compile_metrics", "loss_tracker", "metrics"];

    private readonly Dictionary<string, H5Object> arrays = new(StringComparer.Ordinal);
    private readonly H5File file;

    public PathWeights(H5File file)
    {
        this.file = file;
        Walk(file.Root, "");
    }

    public string File => file.Name;

    public IEnumerable<string> Names => arrays.Keys;

    public string? Find(KerasVariable variable)
    {
        string name = $"{variable.Layer.Path}/{Variables}/{variable.Place.ToString(CultureInfo.InvariantCulture)}";
        return arrays.ContainsKey(name) ? name : null;
    }

    public Shape Shape(string name) => arrays[name].Array().Shape;

    // HDF5 has no bfloat16: Keras says it beside.
    public Tensor Values(string name) => arrays[name].Array().Numbers(arrays[name].Text("dtype") == "bfloat16" ? StoredType.BFloat16 : null);

    private void Walk(H5Object group, string path)
    {
        foreach ((string name, H5Object child) in group.Children)
        {
            if (Others.Contains(name)) continue;
            string below = path.Length == 0 ? name : $"{path}/{name}";
            file.Spend(128 + (4L * below.Length));
            if (child.IsArray) arrays.Add(below, child);
            else Walk(child, below);
        }
    }
}
