using Graft;
using Graft.Vision;

// Classifies images: Classify flowers.graft rose.jpg tulip.png
if (args.Length < 2)
{
    Console.Error.WriteLine("usage: Classify MODEL.graft IMAGE...");
    return 2;
}

using ImageClassifier classifier = ImageClassifier.Load(args[0]);
int failed = 0;
foreach (string path in args[1..])
{
    try
    {
        Prediction best = classifier.Classify(path)[0];
        Console.WriteLine($"{path}: {best.Label} ({best.Probability:P0})");
    }
    catch (ImageException e)
    {
        Console.Error.WriteLine(e.Message);
        failed++;
    }
}

return failed == 0 ? 0 : 1;
