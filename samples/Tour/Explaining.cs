using Graft.Vision;
using Graft.Vision.Decoding;
using Graft.Vision.Explanations;

namespace Tour;

internal static class Explaining
{
    public static void Run()
    {
        using ImageClassifier classifier = ImageClassifier.Load("flowers.graft");
        using RgbImage image = ImageDecoder.DecodeFile("rose.jpg");
        Prediction best = classifier.Classify(image)[0];
        using GradCam explainer = new(classifier.Model);
        ActivationMap map = explainer.Explain(image, classifier.Labels.IndexOf(best.Label))[0];
        using RgbImage seen = explainer.Crop(image), coloured = map.Over(seen);
        File.WriteAllBytes("where.jpg", coloured.ToJpeg());
    }
}
