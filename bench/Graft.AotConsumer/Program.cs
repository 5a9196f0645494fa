using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Graft.Vision;
using Graft.Vision.Samples;

// A small program that trains and classifies, to be compiled ahead of time:
//   AotConsumer train MODEL.graft     draws images, fits a readout on the builtin trunk, writes the model
//   AotConsumer time MODEL.graft N    milliseconds of classifying an image, N times, one thread
string folder = Path.Combine(Path.GetTempPath(), $"graft-aot-{Environment.ProcessId}");
try
{
    if (args is ["train", var output])
    {
        SampleFlowers.Write(folder, new SampleFlowerOptions { ImagesPerClass = 12 });
        using ImageClassifier trained = ImageClassifier.Train(folder, new ImageTrainingOptions { Mode = ImageTrainingMode.Readout });
        trained.Save(output);
        Console.WriteLine(trained.Training);
        return 0;
    }

    if (args is ["time", var model, var count])
    {
        using ImageClassifier classifier = ImageClassifier.Load(model, threads: 1);
        byte[] pixels = new byte[224 * 224 * 3];
        new Random(0).NextBytes(pixels);
        RgbImage image = new(224, 224, pixels);
        for (int i = 0; i < 20; i++) classifier.Classify(image);
        List<double> times = [];
        for (int i = 0; i < int.Parse(count, CultureInfo.InvariantCulture); i++)
        {
            long start = Stopwatch.GetTimestamp();
            classifier.Classify(image);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        times.Sort();
        string compiled = RuntimeFeature.IsDynamicCodeCompiled ? "just in time" : "ahead of time";
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{times[times.Count / 2]:0.000} ms, {compiled}, vectors of 256 bits: {Vector256.IsHardwareAccelerated}, of 512: {Vector512.IsHardwareAccelerated}"));
        return 0;
    }

    Console.Error.WriteLine("usage: AotConsumer train MODEL.graft | time MODEL.graft COUNT");
    return 2;
}
finally
{
    if (Directory.Exists(folder)) Directory.Delete(folder, recursive: true);
}
