using Graft.Formats.Keras;
using Graft.Keras.Hdf5;
using Graft.Tensors;

namespace Graft.Keras.Reading;

/// <summary>
/// Weights as Keras' HDF5 files have them: a group for each layer of the model, or model in it, whose attribute <c>weight_names</c> has the places of its arrays below. The names before a variable's own may be
/// any: those of models that are no more, or of a layer before it was renamed.
/// </summary>
internal sealed class GroupWeights : IKerasWeights
{
    private readonly Dictionary<string, H5Array> arrays = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> groups = new(StringComparer.Ordinal);

    public GroupWeights(H5File file, H5Object weights)
    {
        File = file.Name;
        foreach ((string layer, H5Object group) in weights.Children)
        {
            List<string> names = [];
            foreach (string name in group.Texts("weight_names") ?? [])
            {
                H5Object array = group.Find(name) ?? throw file.Fail($"the layer '{layer}' has no weight '{name}', which its weight_names has. It is damaged");
                string full = $"{layer}/{name}";
                file.Spend(256 + (4L * full.Length));
                if (arrays.TryAdd(full, array.Array())) names.Add(full);
            }

            groups.Add(layer, names);
        }
    }

    public string File { get; }

    public IEnumerable<string> Names => arrays.Keys;

    public string? Find(KerasVariable variable)
    {
        if (!groups.TryGetValue(variable.Layer.Group, out List<string>? names)) return null;
        bool isAlone = variable.Layer.Group == variable.Layer.Name;
        return Only(variable.Name) ?? (variable.OtherName is { } other ? Only(other) : null);

        // A layer's group has each variable once; that of a model in a model has those of many layers.
        string? Only(string own)
        {
            string ending = isAlone ? $"/{own}" : $"/{variable.Layer.Name}/{own}", old = $"{ending}:0";
            string? found = null;
            foreach (string name in names)
            {
                if (!name.EndsWith(ending, StringComparison.Ordinal) && !name.EndsWith(old, StringComparison.Ordinal)) continue;
                if (found is not null) return null;
                found = name;
            }

            return found;
        }
    }

    public Shape Shape(string name) => arrays[name].Shape;

    public Tensor Values(string name) => arrays[name].Numbers();
}
