using System.IO.Compression;
using System.Text;
using Graft.Formats;

namespace Graft.Keras.Tests.Reading;

/// <summary>What is not read is named, with its layer, and what to do.</summary>
public sealed class RefusalTests
{
    [Theory]
    [InlineData("\"class_name\": \"Flatten\"", "\"class_name\": \"LayerNormalization\"", "is a 'LayerNormalization', which is not read. These are: InputLayer, ZeroPadding2D, Conv2D,")]
    [InlineData("\"max_value\": 6.0", "\"max_value\": 5.0", "max_value must be 6 or null, not 5.")]
    [InlineData("\"threshold\": 0.0", "\"threshold\": 0.5", "is a ReLU with slope 0 and threshold 0.5; only 0 and 0 are read.")]
    [InlineData("\"activation\": \"hard_silu\"", "\"activation\": \"gelu\"", "activation is 'gelu', which is not read. It may be linear, relu,")]
    [InlineData("\"data_format\": \"channels_last\"", "\"data_format\": \"channels_first\"", "data_format must be channels_last, not 'channels_first'.")]
    [InlineData("\"filters\": 6", "\"filters\": 7", "the file and the network do not fit.")]
    [InlineData("\"scale\": [0.008333333333333333", "\"scale\": [-0.008333333333333333", "takes pixels that 'rescaling' multiplies by -0.008333334; only numbers over 0 are read.")]
    [InlineData("\"class_name\": \"Functional\"", "\"class_name\": \"Siamese\"", "class_name is 'Siamese'; a model is a Sequential, a Model or a Functional.")]
    public void WhatIsNotReadIsNamed(string from, string to, string message) => Refused(KerasFile.With("layers.keras", from, to), message);

    [Fact]
    public void FilesOfSomethingElseAreNamed()
    {
        Refused(KerasFile.Bytes("weights.h5"), "it has the weights of 1 layer and not the model that they are of. Load them into the model in Keras, and save both: model.save(\"name.keras\").");
        Refused(KerasFile.Part("layers.keras", "model.weights.h5"), "it has weights of Keras 3 and not the model that they are of.");
        Refused(KerasFile.Bytes("indexed.h5"), "the group '/model_weights' keeps its names in a way that h5py has only with libver=\"latest\" or track_order, which is not read. Save it without these.");
        Refused(KerasFile.Bytes("keras1.h5")[..^100], "It is cut off: get it again.");
        Refused("name,value\n1,2\n"u8.ToArray(), "it is no model, it seems to be a table as text, such as CSV. Expected is a file of Keras: HDF5 (.h5) or a .keras archive.");
        Refused(KerasFile.Pack("layers.keras", "config.json", null), "it is no .keras archive, which has config.json and model.weights.h5.");
        Refused(KerasFile.Bytes("layers.keras")[..2000], "the archive is damaged");
    }

    /// <summary>Weights of another file: each that is missing is named.</summary>
    [Fact]
    public void MissingWeightsAreNamed() => Refused(KerasFile.Pack("layers.keras", "model.weights.h5", KerasFile.Part("nested.keras", "model.weights.h5")), "missing: stem.weight (looked for as stem/kernel)");

    /// <summary>What unpacks to much more than the archive has is not unpacked.</summary>
    [Fact]
    public void ArchivesThatUnpackToMuchAreRefused()
    {
        byte[] spaces = Encoding.UTF8.GetBytes(new string(' ', 20 << 20)), numbers = new byte[8 << 20];
        for (int i = 0; i < numbers.Length; i += 64) numbers[i] = (byte)(i >> 6);
        Refused(KerasFile.Pack("layers.keras", "config.json", spaces, CompressionLevel.Optimal), "the file 'config.json' in the archive unpacks to 20971520 bytes from ");
        Refused(KerasFile.Pack("layers.keras", "model.weights.h5", numbers, CompressionLevel.Optimal), "the files in the archive unpack to ");
    }

    private static void Refused(byte[] file, string message)
    {
        WeightFileException error = Assert.Throws<WeightFileException>(() => KerasImporter.Import(file, "x"));
        Assert.StartsWith("x", error.Message);
        Assert.Contains(message, error.Message);
    }
}
