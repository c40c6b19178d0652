"""What a route costs that does nothing: it receives the upload of /predict and answers a constant."""

from fastapi import FastAPI, UploadFile

ANSWER: dict[str, str | float] = {"class": "R", "confidence": 0.99}

app = FastAPI()


@app.post("/predict")
async def predict(file: UploadFile) -> dict[str, str | float]:
    """Answers the same whatever comes."""
    return ANSWER
