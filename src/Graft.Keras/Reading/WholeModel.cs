using System.Text;
using Graft.Formats;
using Graft.Keras.Hdf5;

namespace Graft.Keras.Reading;

/// <summary>Keras' HDF5 file: the model as JSON is an attribute, its weights are in groups, one for each layer.</summary>
internal static class WholeModel
{
    private const string Config = "model_config";

    public static KerasImport Read(byte[] bytes, string name, KerasImportOptions options)
    {
        H5File file = new(bytes, name);
        if (file.Root.Text(Config) is not { } config) throw new WeightFileException(name, file.Root.Texts("layer_names") is { } layers ? OnlyWeights(layers) : Other(file));
        H5Object group = file.Root.Find("model_weights") ?? throw new WeightFileException(name, "it has a model, but no group 'model_weights' of its weights. Save the whole model: model.save(\"name.h5\").");
        return NetworkReader.Read(Encoding.UTF8.GetBytes(config), Config, new GroupWeights(file, group), file.Root.Text("keras_version") ?? group.Text("keras_version") ?? "", options);
    }

    private static string OnlyWeights(List<string> layers) =>
        $"it has the weights of {Amount.Of(layers.Count, "layer")} and not the model that they are of. Load them into the model in Keras, and save both: model.save(\"name.keras\").";

    private static string Other(H5File file) => file.Root.Find("layers") is not null || file.Root.Find("_layer_checkpoint_dependencies") is not null
        ? "it has weights of Keras 3 and not the model that they are of. Load them into the model in Keras, and save both: model.save(\"name.keras\")."
        : "it is an HDF5 file, but not of a Keras model: it has no attribute 'model_config'.";
}
