using System.Runtime.InteropServices;
using Graft.Formats;
using Graft.Vision;
using Graft.Vision.Features;
using Graft.Vision.Folders;

namespace Graft.Bench;

/// <summary>Writes the builtin trunk's features of labelled images for bench/peers/heads_torch.py: a line of numbers, the targets and then the features, for each image.</summary>
internal static class ListFeatures
{
    public static int Run(Arguments arguments)
    {
        ImageSets train = ImageSets.Scan(arguments.Text("train", "train.csv")), test = ImageSets.Scan(arguments.Text("test", "test.csv"));
        string folder = arguments.Text("out", ".");
        Write(train.Train, Path.Combine(folder, "train.f32"));
        if (train.Validation is { } validation) Write(validation, Path.Combine(folder, "val.f32"));
        Write(test.Test ?? test.Train, Path.Combine(folder, "test.f32"));
        return 0;
    }

    private static void Write(ImageFolder images, string file)
    {
        ExtractedFeatures features = FeatureExtractor.Extract(BuiltinTrunks.Load(), [.. images.Items.Select(item => item.Path)]);
        using FileStream stream = File.Create(file);
        foreach ((ImageItem item, int row) in images.Items.Zip(features.Rows))
        {
            if (row < 0) continue;
            stream.Write(MemoryMarshal.AsBytes(item.Targets.AsSpan()));
            stream.Write(MemoryMarshal.AsBytes(features.Values.Span.Slice(row * features.Length, features.Length)));
        }

        Console.WriteLine($"{file}: {images.Items.Count} images, {images.Classes.Count} targets, {features.Length} features");
    }
}
